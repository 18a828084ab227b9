/** The palette's switch, for whatever wants to open it. */
import { createSpotlight } from '@mantine/spotlight';

export const [paletteStore, palette] = createSpotlight();
export const openPalette = () => palette.open();
