/**
 * The console's look: bottle green on warm paper.
 *
 * Use these colours and no others: `shop` (accent, "good"), `gray`, `red` (bad), `yellow` (look at this), `blue` (for
 * information). Their shades are chosen so that text in them passes AA in light and dark; Mantine's own do not.
 */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const shop: MantineColorsTuple = [
  '#eef8f3', '#dcf0e6', '#b7e0cb', '#8ccdac', '#64b98e', '#42a376', '#2b8a62', '#1b7350', '#155c40', '#0f4631',
]; // prettier-ignore
const gray: MantineColorsTuple = [
  '#faf8f4', '#f4f0e9', '#eae4da', '#ddd5c8', '#c8beaf', '#a99e8e', '#7b7265', '#5d554a', '#433d35', '#2a2621',
]; // prettier-ignore
const dark: MantineColorsTuple = [
  '#ece7de', '#c6beb2', '#a1988b', '#857c70', '#4c463e', '#3c3730', '#2c2823', '#1d1a17', '#161412', '#0f0e0c',
]; // prettier-ignore
const red: MantineColorsTuple = [
  '#fdf1ef', '#fbe1dd', '#f5bfb8', '#ee9a90', '#e6776a', '#d9543f', '#c53d2a', '#ad2f1f', '#8d2518', '#6d1c12',
]; // prettier-ignore
const yellow: MantineColorsTuple = [
  '#fdf6e3', '#faebc4', '#f3d78c', '#ebc053', '#dfa927', '#c08d13', '#a0730b', '#815b06', '#684904', '#4f3703',
]; // prettier-ignore
const blue: MantineColorsTuple = [
  '#eef4fa', '#dce8f5', '#b8d1ea', '#8fb6dd', '#689acd', '#4780ba', '#336aa3', '#265789', '#1e466f', '#173656',
]; // prettier-ignore

const SANS = "'Figtree Variable', ui-sans-serif, system-ui, sans-serif";
const SERIF = "'Fraunces Variable', ui-serif, Georgia, serif";

/** What stands in <main> but covers the window begins at the window's edge, not at the page's. */
const WHOLE_WINDOW = { left: 0 };
const DIALOG_TITLE = { fontFamily: SERIF, fontWeight: 600, fontSize: '1.25rem' };

export const theme = createTheme({
  primaryColor: 'shop',
  primaryShade: { light: 7, dark: 8 },
  colors: { shop, gray, dark, red, yellow, blue },
  black: '#2a2621',
  fontFamily: SANS,
  fontFamilyMonospace: "ui-monospace, 'DejaVu Sans Mono', Menlo, monospace",
  headings: {
    fontFamily: SERIF,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.2' },
      h2: { fontSize: '1.25rem', lineHeight: '1.3' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.35' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Badge: { styles: { label: { textTransform: 'none', fontWeight: 600 } } },
    Anchor: { defaultProps: { underline: 'hover' } },
    Card: { defaultProps: { withBorder: true, padding: 'lg' } },
    // A <header> in a dialog would be a second banner of the page.
    ModalHeader: { defaultProps: { component: 'div' } },
    DrawerHeader: { defaultProps: { component: 'div' } },
    Modal: {
      defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } },
      styles: { title: DIALOG_TITLE, inner: WHOLE_WINDOW },
    },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } }, styles: { title: DIALOG_TITLE, inner: WHOLE_WINDOW } },
    // What opens over the page belongs to the page for those who go through it by landmarks.
    Portal: { defaultProps: { target: 'main' } },
    // Its placeholder may take the focus, which nothing else in a menu may.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Tooltip: { defaultProps: { withArrow: true, events: { hover: true, focus: true, touch: true } } },
  },
});

/** Mantine's variables that its defaults leave too pale, and the paper. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--shop-serif': SERIF },
  light: {
    '--mantine-color-body': '#fffdfa',
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-6)',
    '--mantine-color-error': 'var(--mantine-color-red-7)',
    '--mantine-color-default-border': 'var(--mantine-color-gray-3)',
    '--shop-paper': 'var(--mantine-color-gray-0)',
    '--shop-line': 'var(--mantine-color-gray-2)',
    '--shop-accent-text': 'var(--mantine-color-shop-7)',
    '--shop-accent-soft': 'var(--mantine-color-shop-1)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-2)',
    '--mantine-color-error': 'var(--mantine-color-red-3)',
    '--mantine-color-anchor': 'var(--mantine-color-shop-3)',
    '--shop-paper': 'var(--mantine-color-dark-8)',
    '--shop-line': 'var(--mantine-color-dark-5)',
    '--shop-accent-text': 'var(--mantine-color-shop-3)',
    '--shop-accent-soft': '#1b3328',
    '--mantine-color-shop-light': '#1b3328',
    '--mantine-color-gray-light': '#35302a',
    '--mantine-color-red-light': '#41221c',
    '--mantine-color-yellow-light': '#3a2d13',
    '--mantine-color-blue-light': '#1f2d3d',
  },
});
