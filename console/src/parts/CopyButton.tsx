/**
 * Copies a text and says so.
 *
 * <CopyButton text={curl} label="Copy as curl" />
 */
import { ActionIcon, Button, CopyButton as Copying, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

interface CopyButtonProps {
  text: string;
  label: string;
  /** Shows the icon alone; the label is heard. */
  iconOnly?: boolean;
}

export const CopyButton = ({ text, label, iconOnly = false }: CopyButtonProps) => (
  <Copying value={text} timeout={2_000}>
    {({ copied, copy }) => {
      const icon = copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
      const said = copied ? 'Copied' : label;
      return iconOnly ? (
        <Tooltip label={said}>
          <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={said}>
            {icon}
          </ActionIcon>
        </Tooltip>
      ) : (
        <Button variant="default" size="xs" leftSection={icon} onClick={copy}>
          {said}
        </Button>
      );
    }}
  </Copying>
);
