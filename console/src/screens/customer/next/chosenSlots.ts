/** Which slots stand side by side. */
import type { Answer } from '../../../api/contract';

export type Slot = Answer<'get', '/v1/slots'>[number];

const SIDE_BY_SIDE = 2;

/** The slots that the address names, in the shop's order; without any the first two. */
export function chosenSlots(slots: readonly Slot[], wanted: string): readonly Slot[] {
  const names = wanted.split(',');
  const found = slots.filter(({ name }) => names.includes(name));
  return found.length > 0 ? found : slots.slice(0, SIDE_BY_SIDE);
}
