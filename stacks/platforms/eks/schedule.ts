import { CronExpressionParser } from "cron-parser";

/** The days on which a cron expression fires, and the minutes of those days. */
interface Times {
  readonly onDay: (day: Date) => boolean;
  readonly minutes: ReadonlySet<number>;
}

const MINUTES_A_DAY = 24 * 60;

/** Days after which the calendar repeats, weekdays included: 28 years. */
const CYCLE_DAYS = 28 * 365 + 7;

/** A fixed first day, so that the same schedule always gives the same number. */
const FIRST_DAY = Date.UTC(2001, 0, 1);

/** One entry of a list. The parser also accepts `?`, `L`, `H` and `#`, which EC2 Auto Scaling does not. */
const NUMBERS = /^(\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?$/;
const NUMBERS_OR_NAMES = /^(\*|(\d{1,2}|[a-z]{3})(-(\d{1,2}|[a-z]{3}))?)(\/\d{1,2})?$/i;

/** The five fields by the parser's names. */
const FIELDS = [
  { field: "minute", entry: NUMBERS },
  { field: "hour", entry: NUMBERS },
  { field: "dayOfMonth", entry: NUMBERS },
  { field: "month", entry: NUMBERS_OR_NAMES },
  { field: "dayOfWeek", entry: NUMBERS_OR_NAMES },
] as const;

/** Whether a text is a cron expression of five fields: numbers, names, lists, ranges and steps. */
export function isCron(text: string): boolean {
  return timesOf(text) !== undefined;
}

/** Reads a cron expression; undefined for any other text. */
function timesOf(text: string): Times | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return undefined;
  try {
    const [minutes, hours, days, months, weekdays] = fields.map(valuesOf) as [Values, Values, Values, Values, Values];
    // If days and weekdays are both limited, either one is enough, as in crontab.
    const either = ![fields[2], fields[4]].some((field) => field?.startsWith("*"));
    const onDay = (day: Date): boolean => {
      const matches = [days.has(day.getUTCDate()), weekdays.has(day.getUTCDay())];
      return months.has(day.getUTCMonth() + 1) && (either ? matches.includes(true) : !matches.includes(false));
    };
    return { onDay, minutes: new Set([...hours].flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute))) };
  } catch {
    return undefined;
  }
}

type Values = ReadonlySet<number>;

/**
 * All values of one field. Each entry of the list is parsed alone, because the parser refuses a list that repeats a value
 * and days that the month never has.
 *
 * @throws Error if an entry is invalid
 */
function valuesOf(text: string, place: number): Values {
  const { field, entry } = FIELDS[place]!;
  const values = text.split(",").flatMap((item) => {
    if (!entry.test(item)) throw new Error(`${item} is not a valid ${field}`);
    const expression = FIELDS.map((_, index) => (index === place ? item : "*")).join(" ");
    return CronExpressionParser.parse(expression).fields[field].values as number[];
  });
  return new Set(values);
}

/** Whether a name is an IANA time zone with its area. EC2 Auto Scaling accepts no others. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Share of the time that nodes run, from 0 to 1. It is the average over the 28 years after which the calendar repeats,
 * without changes of daylight saving time. Undefined if a time is not a cron expression or never occurs.
 */
export function shareOfTime({ start, stop }: { start: string; stop: string }): number | undefined {
  const starts = timesOf(start);
  const stops = timesOf(stop);
  if (starts === undefined || stops === undefined) return undefined;
  const days = Array.from({ length: CYCLE_DAYS }, (_, day) => {
    const date = new Date(FIRST_DAY + day * MINUTES_A_DAY * 60_000);
    return { starts: starts.onDay(date), stops: stops.onDay(date) };
  });
  if (!days.some((day) => day.starts) || !days.some((day) => day.stops)) return undefined;

  // A day has starts or not, stops or not, and begins with nodes running or not: eight cases, each computed once.
  const cases: Record<string, Day> = {};
  const cycle = (running: boolean): Day => {
    let minutes = 0;
    for (const day of days) {
      const key = `${day.starts} ${day.stops} ${running}`;
      const result = (cases[key] ??= runDay(
        day.starts ? starts.minutes : NEVER,
        day.stops ? stops.minutes : NEVER,
        running,
      ));
      minutes += result.minutes;
      running = result.running;
    }
    return { minutes, running };
  };
  // The first cycle only finds out whether nodes run at its end, which is how the next cycle begins.
  return cycle(cycle(false).running).minutes / (CYCLE_DAYS * MINUTES_A_DAY);
}

const NEVER: ReadonlySet<number> = new Set();

/** Minutes of one day that nodes run, and whether they run at its end. */
interface Day {
  readonly minutes: number;
  readonly running: boolean;
}

function runDay(starts: ReadonlySet<number>, stops: ReadonlySet<number>, running: boolean): Day {
  let minutes = 0;
  for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
    // A stop has priority over a start in the same minute.
    running = !stops.has(minute) && (running || starts.has(minute));
    if (running) minutes++;
  }
  return { minutes, running };
}
