/** What a coupon is in one customer's hands: what it takes off, costs and changes, and what would come anyway. */
import type { Candidate } from '../api/simulation';
import classes from './Picks.module.css';

export function CouponFacts({ coupon }: { coupon: NonNullable<Candidate['coupon']> }) {
  const facts = [
    ['Takes off', coupon.face_value],
    ['Expected to cost', coupon.cost],
    ['Expected to change', coupon.value],
    ['Bought anyway', coupon.anyway],
    ['Redeemed', coupon.redeem],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd data-numbers>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
