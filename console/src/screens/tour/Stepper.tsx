/** The five steps, as links; what the person may not try is greyed, and can be looked at all the same. */
import { IconLock } from '@tabler/icons-react';

import { has, useSession } from '../../api/session';
import { STEPS, TOLD, type Step } from './steps';
import classes from './tour.module.css';

export function Stepper({ step, go }: { step: Step; go: (step: Step) => void }) {
  const session = useSession();
  const at = STEPS.indexOf(step);
  return (
    <nav aria-label="Steps of the tour" className={classes.stepper}>
      <ol>
        {STEPS.map((one, index) => {
          const locked = !has(session, TOLD[one].right);
          return (
            <li key={one} data-past={index < at || undefined}>
              <button
                type="button"
                onClick={() => go(one)}
                aria-current={one === step ? 'step' : undefined}
                data-locked={locked || undefined}
              >
                <span className={classes.number} aria-hidden>
                  {locked ? <IconLock size={14} /> : index + 1}
                </span>
                <span className={classes.stepTitle}>{TOLD[one].title}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
