/** When GPU nodes run. Both times are cron expressions of five fields in one time zone, as EC2 Auto Scaling takes them. */
export interface NodeSchedule {
  /** IANA name such as Europe/Berlin. */
  readonly timeZone: string;
  readonly start: string;
  readonly stop: string;
}

/** Minutes, hours, days, months and weekdays (0 is Sunday) of a cron expression. */
interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Whether days and weekdays are both limited; then either one is enough, as in every crontab. */
  readonly either: boolean;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const MINUTES_A_DAY = 24 * 60;

/** Days after which the calendar repeats, weekdays included: 28 years. */
const CYCLE_DAYS = 28 * 365 + 7;

/** A fixed first day, so that the same schedule gives the same number whenever it is asked. */
const FIRST_DAY = Date.UTC(2001, 0, 1);

/** Reads a cron expression of five fields: numbers, names, lists, ranges and steps. Undefined when it is none. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    return undefined;
  }
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days = parseField(day, 1, 31);
  const months = parseField(month, 1, 12, MONTHS, 1);
  const weekdays = parseField(weekday, 0, 7, WEEKDAYS, 0);
  if (!minutes || !hours || !days || !months || !weekdays) {
    return undefined;
  }
  return {
    ...{ minutes, hours, days, months },
    weekdays: new Set([...weekdays].map((value) => value % 7)),
    either: !day.startsWith("*") && !weekday.startsWith("*"),
  };
}

function parseField(
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  firstName = 0,
): Set<number> | undefined {
  const value = (word: string): number => {
    const name = names.indexOf(word.toUpperCase());
    return name >= 0 ? name + firstName : /^\d{1,2}$/.test(word) ? Number(word) : NaN;
  };
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\*|[A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?(?:\/(\d{1,2}))?$/.exec(part);
    if (match === null || (match[1] === "*" && match[2] !== undefined)) {
      return undefined;
    }
    const all = match[1] === "*";
    const step = Number(match[3] ?? 1);
    const from = all ? min : value(match[1] ?? "");
    // A step after a single number counts on from there.
    const to = all ? max : match[2] !== undefined ? value(match[2]) : match[3] !== undefined ? max : from;
    if (!(from >= min && to <= max && from <= to && step >= 1)) {
      return undefined;
    }
    for (let current = from; current <= to; current += step) {
      values.add(current);
    }
  }
  return values;
}

/** Whether a time zone is one of IANA's, written with its area. EC2 Auto Scaling knows no others. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(name)) {
    return false;
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Share of the time that nodes run, from 0 to 1: averaged over the 28 years after which the calendar repeats, changes
 * to and from summer time left aside. Undefined when a time is no cron expression or never comes.
 */
export function shareOfTime({ start, stop }: Pick<NodeSchedule, "start" | "stop">): number | undefined {
  const crons = [parseCron(start), parseCron(stop)] as const;
  if (crons[0] === undefined || crons[1] === undefined) {
    return undefined;
  }
  const starts = minutesOfCycle(crons[0]);
  const stops = minutesOfCycle(crons[1]);
  if (starts.length === 0 || stops.length === 0) {
    return undefined;
  }
  // Stops come after starts of the same minute, and so win.
  const events = [...starts.map((at) => ({ at, on: true })), ...stops.map((at) => ({ at, on: false }))].sort(
    (a, b) => a.at - b.at || Number(b.on) - Number(a.on),
  );
  let running = 0;
  let since = 0;
  // The cycle begins as it ends.
  let on = events[events.length - 1]?.on ?? false;
  for (const event of events) {
    running += on ? event.at - since : 0;
    since = event.at;
    on = event.on;
  }
  const cycle = CYCLE_DAYS * MINUTES_A_DAY;
  return (running + (on ? cycle - since : 0)) / cycle;
}

/** All minutes of the cycle at which an expression fires, in order. */
function minutesOfCycle(cron: Cron): number[] {
  const times = [...cron.hours]
    .flatMap((hour) => [...cron.minutes].map((minute) => hour * 60 + minute))
    .sort((a, b) => a - b);
  const result: number[] = [];
  for (let day = 0; day < CYCLE_DAYS; day++) {
    const date = new Date(FIRST_DAY + day * MINUTES_A_DAY * 60_000);
    const onDay = cron.days.has(date.getUTCDate());
    const onWeekday = cron.weekdays.has(date.getUTCDay());
    if (cron.months.has(date.getUTCMonth() + 1) && (cron.either ? onDay || onWeekday : onDay && onWeekday)) {
      for (const time of times) {
        result.push(day * MINUTES_A_DAY + time);
      }
    }
  }
  return result;
}
