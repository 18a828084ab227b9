/** The head of the page: names, what being in their arm means, and what they brought so far. */
import { Badge, Divider, Group, SimpleGrid, Text, Tooltip } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';

import type { Answer } from '../../api/contract';
import { CopyButton } from '../../parts/CopyButton';
import { Figure } from '../../parts/Figure';
import { Instant } from '../../parts/Instant';
import { PageHeader } from '../../parts/PageHeader';
import classes from './customer.module.css';
import { inWords } from './inWords';

export type Page = Answer<'get', '/v1/customers/{customer}'>;

export function Who({ page }: { page: Page }) {
  const { worth } = page;
  return (
    <>
      <PageHeader title={page.masked ? inWords(page.title) : page.title} purpose={worth.sentence} above={<Arm page={page} />} actions={<Id page={page} />} />
      <Names page={page} />
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xl" my="xl">
        <Figure
          label="Net spend"
          value={worth.spend_text}
          note={worth.first_order === null ? null : <First at={worth.first_order} />}
        />
        <Figure
          label="Orders"
          value={worth.orders.toLocaleString('en')}
          note={worth.last_order === null ? null : <Last at={worth.last_order} />}
        />
        <Figure label="Average basket" value={worth.average_basket_text} note="net, over all orders" />
        <Figure label="Margin" value={worth.margin_text} note={worth.margin_covers} />
      </SimpleGrid>
      <Divider mb="md" color="var(--shop-line)" />
    </>
  );
}

const First = ({ at }: { at: string }) => (
  <>
    first order <Instant at={at} form="date" />
  </>
);

const Last = ({ at }: { at: string }) => (
  <>
    last <Instant at={at} />
  </>
);

const Arm = ({ page: { arm, arm_words } }: { page: Page }) => (
  <Group gap="xs">
    <Badge variant="light" color={arm === 'holdout' ? 'yellow' : 'shop'}>
      {arm === 'holdout' ? 'Holdout' : 'Treated'}
    </Badge>
    <Text size="sm" c="dimmed">
      {arm_words}
    </Text>
  </Group>
);

const Id = ({ page: { customer } }: { page: Page }) => (
  <Group gap={4} wrap="nowrap">
    <Text size="xs" c="dimmed" ff="monospace" className={classes.id}>
      {customer}
    </Text>
    <CopyButton text={customer} label="Copy the id" iconOnly />
  </Group>
);

/** Identifiers with their kind, then what names the person. */
function Names({ page }: { page: Page }) {
  const names = Object.entries(page.identifiers).flatMap(([kind, values]) => values.map((value) => [kind, value] as const));
  const personal = Object.entries(page.personal);
  // One identifier alone stands in the title already.
  if (names.length + personal.length < 2 && !page.masked) return null;
  return (
    <dl className={classes.names} aria-label="Identifiers and names">
      {[...names, ...personal].map(([kind, value], index) => (
        <div key={`${index} ${kind}`}>
          <dt>{inWords(kind)}</dt>
          <dd>{page.masked ? <Masked /> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

const Masked = () => (
  <Tooltip label="Your role does not see identifiers and names">
    {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the reason shows on focus too */}
    <span className={classes.masked} tabIndex={0} role="img" aria-label="hidden from your role">
      <IconLock size={13} aria-hidden /> •••
    </span>
  </Tooltip>
);
