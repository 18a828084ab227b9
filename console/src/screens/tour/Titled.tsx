/** A title as the shop has it; one in capitals throughout, as tills print them, is set in small letters. */
import { isShouted } from './compare';
import classes from './tour.module.css';

export const Titled = ({ text }: { text: string }) => (
  <span className={classes.titled} data-shouted={isShouted(text) || undefined}>
    {text}
  </span>
);
