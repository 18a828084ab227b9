/** Where a belief comes from, what it may be used for, and as of when. */
import { Instant } from '../../../parts/Instant';
import type { Trait } from './grouped';

export type From = Pick<Trait, 'source' | 'purpose' | 'as_of'>;

export const sameOrigin = (one: From, other: From): boolean =>
  one.source === other.source && one.purpose === other.purpose && one.as_of === other.as_of;

/** The origin that most of some traits share, null where none is shared. */
export function commonOrigin(traits: readonly From[]): From | null {
  const counted = traits.map((one) => [one, traits.filter((other) => sameOrigin(one, other)).length] as const);
  const [best] = counted.toSorted(([, a], [, b]) => b - a);
  return best !== undefined && best[1] > 1 ? best[0] : null;
}

export const Origin = ({ from: { source, purpose, as_of: asOf } }: { from: From }) => (
  <>
    {source}, for {purpose.replaceAll('_', ' ')}
    {asOf === null ? null : (
      <>
        , as of <Instant at={asOf} form="date" />
      </>
    )}
  </>
);
