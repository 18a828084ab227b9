/** The parts and links as a picture; a click on a link tells its reason below. */
import { Text, useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';

import { Chart } from '../../../parts/Chart';
import { INK, SERIES } from '../../../parts/chartTheme';
import { graphOf } from './graph';
import { STATES, type WhoIsWho } from './shape';

interface IdentityGraphProps {
  who: WhoIsWho;
  chosen: number | null;
  onChoose: (link: number) => void;
}

export function IdentityGraph({ who, chosen, onChoose }: IdentityGraphProps) {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const option = useMemo(() => {
    const [accent = '', second = ''] = SERIES[scheme];
    const { quiet, text } = INK[scheme];
    const ink = { joins: accent, own: accent, claimed: second, cut: quiet, away: quiet, text };
    const { nodes, edges } = graphOf(who, ink, chosen);
    const margin = { left: 90, right: 90, top: 40, bottom: 50, preserveAspect: 'contain' };
    return {
      tooltip: { show: false },
      series: [{ type: 'graph', layout: 'none', data: nodes, edges, ...margin, emphasis: { disabled: true } }],
    };
  }, [who, scheme, chosen]);
  const link = chosen === null ? undefined : who.links[chosen];
  const labels = new Map([...who.parts, ...who.elsewhere].map((part) => [part.part, part.label]));
  return (
    <>
      <Chart
        title="Parts and links"
        says={who.words}
        option={option}
        height={320}
        onPick={(index, kind) => {
          if (kind === 'edge') onChoose(index);
        }}
        table={{
          columns: ['Link', 'State'],
          rows: who.links.map((one) => [
            `${labels.get(one.a) ?? one.a} – ${labels.get(one.b) ?? one.b}`,
            STATES[one.state],
          ]),
        }}
      />
      <Text size="sm" aria-live="polite" mih={22}>
        {link ? link.reason : who.links.length > 0 ? 'Choose a link to see its reason.' : null}
      </Text>
    </>
  );
}
