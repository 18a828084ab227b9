/** Whether the server answered last; the shell shows a banner while it does not. */
import { observable } from './observable';

export const answering = observable(true);
