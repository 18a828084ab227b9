/** A basket as a till prints it; lines can be taken out, and the whole be scanned. */
import { ActionIcon, Anchor, Button } from '@mantine/core';
import { IconBarcode, IconX } from '@tabler/icons-react';

import { useSession } from '../../api/session';
import { useShopNow } from '../../app/clock';
import { formatInstant } from '../../parts/instants';
import type { TourCustomer } from './data';
import { Titled } from './Titled';
import classes from './tour.module.css';

interface ReceiptProps {
  name: string;
  basket: TourCustomer['basket'];
  may: boolean;
  busy: boolean;
  /** Lines stay as they are: it was sent, and nobody knows yet whether it arrived. */
  locked: boolean;
  /** Lines were taken out. */
  fewer: boolean;
  onTakeOut: (item: string) => void;
  onPutBack: () => void;
  onScan: () => void;
}

export function Receipt({ name, basket, may, busy, locked, fewer, onTakeOut, onPutBack, onScan }: ReceiptProps) {
  const { shop } = useSession();
  const now = useShopNow();
  const fixed = busy || locked;
  return (
    <div className={classes.receipt} role="group" aria-label={`Basket of customer ${name}`}>
      <p className={classes.till}>
        <b>{shop.name}</b>
        <span>{[basket.place === null ? null : `Place ${basket.place}`, formatInstant(now)].filter(Boolean).join(' · ')}</span>
        <span>Customer {name}</span>
      </p>
      <ul>
        {basket.lines.map(({ product_id, title, text }) => (
          <li key={product_id}>
            <Titled text={title} />
            <span data-numbers>{text}</span>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              disabled={fixed || basket.lines.length === 1}
              aria-label={`Take out ${title}`}
              onClick={() => onTakeOut(product_id)}
            >
              <IconX size={14} aria-hidden />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <p className={classes.total}>
        <span>Total</span>
        <b data-numbers>{basket.total_text}</b>
      </p>
      {fewer && !fixed ? (
        <Anchor component="button" type="button" size="sm" onClick={onPutBack}>
          Put everything back
        </Anchor>
      ) : null}
      <Button
        fullWidth
        size="md"
        leftSection={<IconBarcode size={20} aria-hidden />}
        disabled={!may || basket.lines.length === 0}
        loading={busy}
        onClick={onScan}
      >
        Scan it
      </Button>
    </div>
  );
}
