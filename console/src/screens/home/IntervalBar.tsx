/** An interval beside zero: a bar from its low to its high end, a mark where the estimate lies, a line at zero. */
import classes from './home.module.css';
import { placed } from './interval';

interface IntervalBarProps {
  low: number;
  point: number;
  high: number;
  verdict: string;
  /** Heard instead of the picture. */
  says: string;
}

const share = (value: number) => `${(value * 100).toFixed(2)}%`;

export function IntervalBar({ low, point, high, verdict, says }: IntervalBarProps) {
  const at = placed(low, point, high);
  return (
    <div className={classes.interval} role="img" aria-label={says} data-verdict={verdict}>
      <svg width="100%" height="34" aria-hidden>
        <line x1="0" x2="100%" y1="17" y2="17" className={classes.rail} />
        <line x1="50%" x2="50%" y1="2" y2="32" className={classes.zero} />
        <rect x={share(at.low)} width={share(at.high - at.low)} y="11" height="12" rx="6" className={classes.span} />
        <circle cx={share(at.point)} cy="17" r="5.5" className={classes.point} />
      </svg>
    </div>
  );
}
