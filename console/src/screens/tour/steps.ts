/** The five steps of the tour: what to look at, and the right that trying it takes. */
import type { Right } from '../../api/session';

export const STEPS = ['meet', 'scan', 'rule', 'object', 'file'] as const;
export type Step = (typeof STEPS)[number];

interface Told {
  title: string;
  /** What to look at, in one sentence. */
  look: string;
  right: Right | null;
  /** Who has that right. */
  who: string;
}

export const TOLD: Readonly<Record<Step, Told>> = {
  meet: {
    title: 'Meet two customers',
    look: 'Same shop, same page, same minute, and yet each of them would see something else. Open a pick to see why.',
    right: null,
    who: '',
  },
  scan: {
    title: 'Scan a basket',
    look: 'Put something into a basket that this customer never bought, and watch what the shop knows, and shows, change.',
    right: 'collect',
    who: 'an owner or somebody of the staff',
  },
  rule: {
    title: 'Edit a rule',
    look: 'Say who may have some coupons. Before you apply it, you see whom it matches and what it will cost.',
    right: 'edit',
    who: 'an owner or a marketer',
  },
  object: {
    title: 'Object',
    look: 'Let one of them say no to personal answers: the answer turns into what everybody gets, and says so.',
    right: 'notes',
    who: 'an owner, a marketer, somebody of the staff, or the privacy officer',
  },
  file: {
    title: 'Use your own file',
    look: 'Bring the orders of your shop: the columns are guessed, you look them over, and the tour is about your customers.',
    right: 'edit',
    who: 'an owner or a marketer',
  },
};

export const isStep = (text: string): text is Step => (STEPS as readonly string[]).includes(text);

/** The step after one, null after the last. */
export const nextOf = (step: Step): Step | null => STEPS[STEPS.indexOf(step) + 1] ?? null;
