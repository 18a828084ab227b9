/** How roles are called on pages. */
const TITLES: Readonly<Record<string, string>> = {
  owner: 'Owner',
  marketer: 'Marketer',
  analyst: 'Analyst',
  staff: 'Staff',
  privacy_officer: 'Privacy officer',
  read_only: 'Read only',
};

/** The title of a role, the role's own name where there is none. */
export const roleTitle = (role: string): string => TITLES[role] ?? role;
