/** A small picture of what kind of event it is. */
import {
  IconBasket,
  IconCircle,
  IconEye,
  IconFlag,
  IconId,
  IconReceiptRefund,
  IconShieldCheck,
  IconSparkles,
  IconTicket,
} from '@tabler/icons-react';

const KINDS: readonly [begins: string, icon: typeof IconCircle][] = [
  ['Order Completed', IconBasket],
  ['Order ', IconReceiptRefund],
  ['Product', IconEye],
  ['Offer', IconTicket],
  ['Campaign', IconTicket],
  ['Consent', IconShieldCheck],
  ['Segment', IconFlag],
  ['Decision', IconSparkles],
  ['Identify', IconId],
];

export function EventIcon({ name }: { name: string }) {
  const Icon = KINDS.find(([begins]) => name.startsWith(begins))?.[1] ?? IconCircle;
  return <Icon size={17} stroke={1.6} aria-hidden />;
}
