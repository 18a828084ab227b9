/** Events a day as small bars; the sentence beside it says the same. */
import classes from './sources.module.css';

interface DayBarsProps {
  days: readonly number[];
  /** Whose they are. */
  of: string;
}

const WIDTH = 4;
const GAP = 1;
const HEIGHT = 28;

export function DayBars({ days, of }: DayBarsProps) {
  const most = Math.max(...days, 1);
  const today = days.at(-1) ?? 0;
  const said = `${of}: events on each of the last ${days.length} days, ${today.toLocaleString('en')} today, ${most.toLocaleString('en')} at most`;
  return (
    <svg
      className={classes.bars}
      role="img"
      aria-label={said}
      viewBox={`0 0 ${days.length * (WIDTH + GAP)} ${HEIGHT}`}
      width={days.length * (WIDTH + GAP)}
      height={HEIGHT}
    >
      {days.map((n, index) => {
        const height = n === 0 ? 1 : Math.max(2, (HEIGHT * n) / most);
        // A day has no name of its own besides its place.
        return <rect key={index} x={index * (WIDTH + GAP)} y={HEIGHT - height} width={WIDTH} height={height} rx={1} />;
      })}
    </svg>
  );
}
