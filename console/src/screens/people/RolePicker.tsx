/** One of the roles, each with what it is for. */
import { Radio, Stack } from '@mantine/core';

import { roleTitle } from '../../app/roles';
import type { Person, RoleWords } from './person';

interface RolePickerProps {
  roles: readonly RoleWords[];
  value: Person['role'];
  onChange: (role: Person['role']) => void;
}

export const RolePicker = ({ roles, value, onChange }: RolePickerProps) => (
  <Radio.Group label="Role" value={value} onChange={onChange}>
    <Stack gap="sm" mt="xs">
      {roles.map(({ name, words }) => (
        <Radio key={name} value={name} label={roleTitle(name)} description={words} />
      ))}
    </Stack>
  </Radio.Group>
);
