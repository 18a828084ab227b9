/** What stands where the two will be. */
import { Skeletons } from '../../parts/Skeletons';
import classes from './tour.module.css';

export const TourSkeleton = () => (
  <div className={classes.columns}>
    <Skeletons lines={9} height={22} label="The two customers are being looked up" />
    <Skeletons lines={9} height={22} label="Loading" />
  </div>
);
