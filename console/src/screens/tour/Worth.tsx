/** What they are worth so far; with `before`, what each figure was. */
import { Text } from '@mantine/core';

import { Skeletons } from '../../parts/Skeletons';
import type { Household, Page } from './data';
import classes from './tour.module.css';

type Worthy = Page['worth'];

const figuresOf = (worth: Worthy) => [
  ['Spent', worth.spend_text],
  ['Orders', worth.orders.toLocaleString('en')],
  ['Average basket', worth.average_basket_text],
  ['Margin', worth.margin_text],
];

export function Worth({ household: { page }, before }: { household: Household; before?: Worthy }) {
  if (!page) return <Skeletons lines={2} height={26} />;
  const was = before ? figuresOf(before) : null;
  return (
    <>
      <h4>Worth</h4>
      <dl className={classes.figures}>
        {figuresOf(page.worth).map(([label, value], index) => {
          const old = was?.[index]?.[1];
          const changed = old !== undefined && old !== value;
          return (
            <div key={label} data-changed={changed || undefined}>
              <dt>{label}</dt>
              <dd data-numbers>
                {changed ? (
                  <>
                    <del>{old}</del> <span aria-hidden>→</span>{' '}
                  </>
                ) : null}
                {value}
              </dd>
            </div>
          );
        })}
      </dl>
      <Text size="sm" c="dimmed">
        {page.worth.sentence}
      </Text>
    </>
  );
}
