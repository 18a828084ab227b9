import { MantineProvider } from '@mantine/core';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiError, unreachable } from '../api/error';
import { ConfirmDiff } from './ConfirmDiff';

const onApplied = vi.fn();
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));

function shown(apply: () => Promise<unknown>, look: () => Promise<'applied' | 'open'>) {
  const changes = [{ field: 'where', old: 'orders_90d = 0', new: 'orders_180d = 0' }];
  const rest = { opened: true, onClose: vi.fn(), title: 'Apply', changes, apply, look, onApplied };
  render(<ConfirmDiff {...rest} />, { wrapper: ({ children }) => <MantineProvider env="test">{children}</MantineProvider> });
}

beforeEach(() => {
  onApplied.mockReset();
  const still = { matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() };
  vi.stubGlobal('matchMedia', () => still);
  const watch = { observe: vi.fn(), unobserve: vi.fn(), disconnect: vi.fn() };
  vi.stubGlobal(
    'ResizeObserver',
    vi.fn(function () {
      return watch;
    }),
  );
});

afterEach(cleanup);

test('shows what stood there and what shall stand there, and applies it', async () => {
  shown(() => Promise.resolve(), () => Promise.resolve('open')); // prettier-ignore
  expect(screen.getByText('orders_90d = 0').tagName).toBe('DEL');
  expect(screen.getByText('orders_180d = 0').tagName).toBe('INS');
  await press('Apply');
  expect(onApplied).toHaveBeenCalledOnce();
});

test('says that somebody else was faster, and shows the difference before it can be applied again', async () => {
  const apply = vi.fn(() => Promise.reject(new ApiError(409, 'conflict', 'Version 4 is in force.')));
  shown(apply, () => Promise.resolve('open'));
  await press('Apply');
  expect(screen.getByRole('alert').textContent).toContain('Version 4 is in force.');
  await press('Show the difference now');
  expect(screen.getByRole('alert').textContent).toContain('difference to what is in force now');
  expect(apply).toHaveBeenCalledOnce();
});

test('does not know after a lost connection whether it was applied, looks, and sends nothing twice', async () => {
  const apply = vi.fn(() => Promise.reject(unreachable()));
  shown(apply, () => Promise.resolve('applied'));
  await press('Apply');
  expect(screen.getByRole('alert').textContent).toContain('We do not know whether it was applied');
  await press('Check again');
  expect(onApplied).toHaveBeenCalledOnce();
  expect(apply).toHaveBeenCalledOnce();
});

test('says so where it was looked up and had not arrived', async () => {
  shown(() => Promise.reject(unreachable()), () => Promise.resolve('open')); // prettier-ignore
  await press('Apply');
  await press('Check again');
  expect(screen.getByRole('alert').textContent).toContain('It was not applied');
  expect(onApplied).not.toHaveBeenCalled();
});
