/** Events by the viewer's day, in the order in which they came. */
import type { TimelineEvent } from './useTimeline';

const LOCALE = navigator.languages.find((language) => language.startsWith('en')) ?? 'en-GB';
const words = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full' });

/** Group events that come one after another on the same day. */
export function byDay(events: readonly TimelineEvent[]): [day: string, events: TimelineEvent[]][] {
  const days: [string, TimelineEvent[]][] = [];
  for (const event of events) {
    const day = words.format(new Date(event.at));
    const last = days.at(-1);
    if (last?.[0] === day) last[1].push(event);
    else days.push([day, [event]]);
  }
  return days;
}

/** More than so many of one kind at one instant are a run, of which so many are shown at first. */
const MANY = 4;
const SHOWN = 2;

export interface Run {
  shown: TimelineEvent[];
  /** Of the same name and instant as the last that is shown. */
  hidden: TimelineEvent[];
}

/** Gather what happened at one and the same instant under one name: a mailing shows dozens of offers at once. */
export function runsOf(events: readonly TimelineEvent[]): Run[] {
  const gathered: TimelineEvent[][] = [];
  for (const event of events) {
    const last = gathered.at(-1);
    const before = last?.at(-1);
    if (last && before?.name === event.name && before.at === event.at) last.push(event);
    else gathered.push([event]);
  }
  return gathered.map((run) =>
    run.length > MANY ? { shown: run.slice(0, SHOWN), hidden: run.slice(SHOWN) } : { shown: run, hidden: [] },
  );
}
