/** What a screen is, and all screens there are: each folder of src/screens with a screen.tsx that exports `screen`. */
import type { ComponentType, LazyExoticComponent } from 'react';
import type { NavigateFunction } from 'react-router';

import type { Right } from '../api/session';

type Page = LazyExoticComponent<ComponentType>;

/** Groups of the navigation, in their order. */
export const GROUPS = {
  start: null,
  people: 'Customers',
  decide: 'Decisions',
  data: 'Data',
  manage: 'The shop',
} as const;

/** Something that the palette offers: a place (`to`) or an action (`run`). */
export interface Command {
  label: string;
  description?: string;
  keywords?: readonly string[];
  right?: Right;
  to?: string;
  run?: (go: NavigateFunction) => void;
}

/** A further page of a screen: `path` is relative to the screen's, such as `:customer`. */
export interface Subpage {
  path: string;
  title: string;
  element: Page;
  right?: Right;
}

/**
 * A screen.
 *
 * path: absolute, `/customers`. order: within its group, and over all for the first screen that `/` leads to.
 * right: who may see it; null: whoever is signed in. inNav: false keeps it out of the navigation.
 * key: `g` and then this key leads there. pages: further pages below `path`.
 */
export interface Screen {
  path: `/${string}`;
  title: string;
  icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  group: keyof typeof GROUPS;
  order: number;
  right: Right | null;
  element: Page;
  inNav?: boolean;
  key?: string;
  pages?: readonly Subpage[];
  commands?: readonly Command[];
}

const found = import.meta.glob<{ screen: Screen }>('../screens/*/screen.tsx', { eager: true });
const groups = Object.keys(GROUPS);

/** All screens, as the navigation lists them. */
export const SCREENS: readonly Screen[] = Object.values(found)
  .map((module) => module.screen)
  .sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group) || a.order - b.order);
