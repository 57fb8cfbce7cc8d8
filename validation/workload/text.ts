/**
 * Words that common tokenizers have as one token each, so that a number of words is about a number of tokens. With the
 * blank they have 5.2 characters on average, near the 4 that the endpoint picker takes for a token.
 */
const WORDS = (
  "able about above after again agree air all also and answer any area ask away back ball base bed best big bird blue " +
  "board boat body book born both box boy bring build but call came can car care case city class clear close cold come " +
  "cook cost could cover cross cut dark day deep did door down draw drive early earth east easy end even ever every " +
  "face fact fall farm fast feel few field find fine fire first fish five fly follow food foot form four free from full " +
  "game gave girl give gold good great green group grow half hand hard have head hear heat help here high hold home " +
  "horse hot hour house how idea keep kind king knew land large last late law lay lead learn leave left less letter " +
  "life light line list live long look lot love low made main make man many map mark may mean men might mile mind " +
  "money moon more most move much music must name near need never new next night north note now number object off often " +
  "old once one only open order other our out over own page paper part pass pay people plan plant play point power " +
  "press problem pull put question quick rain ran reach read real red rest river road rock room rule run safe said same " +
  "say sea second see self send set ship short show side simple sing size sleep slow small snow some song soon sound " +
  "south space stand star start state stay step still stop story street strong study such sun sure table take talk " +
  "teach tell ten test than that them then there these thing think this those three through time told took top town " +
  "travel tree true try turn two unit until use very voice wait walk want war warm watch water way week well went were " +
  "west what wheel when where which while white who whole why wild will wind wish with wood word work world would write " +
  "year yes yet you young"
).split(" ");

/** A generator of numbers from 0 up to 1 that gives the same ones for the same seed (mulberry32 over an FNV-1a hash). */
export function seeded(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Text of so many tokens, about, that is the same for the same seed and shares nothing with that of another seed. */
export function textOf(seed: string, tokens: number): string {
  const random = seeded(seed);
  return Array.from({ length: tokens }, () => WORDS[Math.floor(random() * WORDS.length)] ?? "").join(" ");
}
