/** Whether the list of shortcuts is open. */
import { observable } from '../../api/observable';

export const shortcutsOpen = observable(false);
export const openShortcuts = () => shortcutsOpen.set(true);
