/** A rule as groups of conditions. What is changed here is a new tree; the server writes it as text. */
import { ActionIcon, Button, Group, Menu, Select, Stack, Text } from '@mantine/core';
import { IconFolderPlus, IconPlus, IconTrash } from '@tabler/icons-react';

import { ConditionRow } from './ConditionRow';
import classes from './segment.module.css';
import { asGroup, beginning, closed, opened, removed, replaced, type Joined, type Node, type Trait } from './tree';

interface BuilderProps {
  tree: Node;
  traits: readonly Trait[];
  onChange: (tree: Node) => void;
}

const WORDS: readonly { value: Joined; label: string }[] = [
  { value: 'all', label: 'All of these hold' },
  { value: 'any', label: 'At least one of these holds' },
  { value: 'none', label: 'None of these holds' },
  { value: 'not all', label: 'Not all of these hold' },
];

export const Builder = ({ tree, traits, onChange }: BuilderProps) => (
  <GroupBox node={asGroup(tree)} traits={traits} onChange={onChange} depth={0} />
);

interface PartProps {
  node: Node;
  traits: readonly Trait[];
  onChange: (node: Node) => void;
  onRemove?: () => void;
  depth: number;
}

function GroupBox({ node, traits, onChange, onRemove, depth }: PartProps) {
  const group = opened(node);
  if (group === null) return null;
  const { joined, parts } = group;
  const set = (next: readonly Node[]) => onChange(closed(joined, next));
  return (
    <div className={classes.group} data-depth={Math.min(depth, 3)} role="group" aria-label={depth === 0 ? 'Conditions' : 'Group of conditions'}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Select
          aria-label="How the conditions go together"
          data={WORDS}
          value={joined}
          allowDeselect={false}
          size="xs"
          w={220}
          onChange={(value) => onChange(closed(value ?? 'all', parts))}
        />
        {onRemove ? <Remove label="Take the group away" onClick={onRemove} /> : null}
      </Group>
      <Stack gap="xs">
        {parts.map((part, index) => (
          <Part
            key={index}
            node={part}
            traits={traits}
            depth={depth + 1}
            onChange={(next) => set(replaced(parts, index, next))}
            onRemove={depth > 0 || parts.length > 1 ? () => drop(parts, index, set, onRemove) : undefined}
          />
        ))}
      </Stack>
      <Add traits={traits} deep={depth < 2} onAdd={(next) => set([...parts, next])} />
    </div>
  );
}

/** Take a part out of a group; a group goes with its last part. */
function drop(parts: readonly Node[], index: number, set: (parts: readonly Node[]) => void, onEmpty?: () => void) {
  const left = removed(parts, index);
  if (left.length === 0) onEmpty?.();
  else set(left);
}

function Part(props: PartProps) {
  const { node, traits, onChange, onRemove } = props;
  if (opened(node) !== null) return <GroupBox {...props} />;
  if (node.is === 'condition') {
    return (
      <Row onRemove={onRemove}>
        <ConditionRow condition={node} traits={traits} onChange={onChange} />
      </Row>
    );
  }
  if (node.is === 'not') {
    return (
      <div className={classes.negated}>
        <Text size="xs" fw={600}>
          It is not so that
        </Text>
        <Part {...props} node={node.of} onChange={(of) => onChange({ is: 'not', of })} />
      </div>
    );
  }
  return (
    <Row onRemove={onRemove}>
      <Stack gap={2} flex={1} miw={0}>
        <code className={classes.written}>{node.is === 'text' ? node.text : ''}</code>
        <Text size="xs" c="dimmed">
          More than a builder shows: change it in the text.
        </Text>
      </Stack>
    </Row>
  );
}

const Row = ({ children, onRemove }: { children: React.ReactNode; onRemove?: () => void }) => (
  <div className={classes.row}>
    {children}
    {onRemove ? <Remove label="Take the condition away" onClick={onRemove} /> : null}
  </div>
);

const Remove = ({ label, onClick }: { label: string; onClick: () => void }) => (
  <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick}>
    <IconTrash size={16} aria-hidden />
  </ActionIcon>
);

function Add({ traits, deep, onAdd }: { traits: readonly Trait[]; deep: boolean; onAdd: (node: Node) => void }) {
  const first = traits.find((trait) => trait.operators.length > 0);
  if (first === undefined) return null;
  return (
    <Group gap="xs" mt="sm">
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />}>
            Condition
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
          {traits
            .filter((trait) => trait.operators.length > 0)
            .map((trait) => (
              <Menu.Item key={trait.name} onClick={() => onAdd(beginning(trait))}>
                {trait.words}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
      {deep ? (
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconFolderPlus size={14} aria-hidden />}
          onClick={() => onAdd({ is: 'any', of: [beginning(first)] })}
        >
          Group
        </Button>
      ) : null}
    </Group>
  );
}
