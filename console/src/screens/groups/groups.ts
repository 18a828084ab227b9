/** Where a group's page is, and how many belong to it in words. */
export const groupPath = (kind: string, id: string) =>
  `/groups/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`;

export const inMembers = (n: number) => (n === 1 ? '1 member' : `${n.toLocaleString('en')} members`);
