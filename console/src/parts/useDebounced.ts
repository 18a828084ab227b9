/** `useDebounced(value, wait)`: the value as it was when it last stood still for `wait` milliseconds. */
import { useDebouncedValue } from '@mantine/hooks';

export function useDebounced<T>(value: T, wait = 150): T {
  const [settled] = useDebouncedValue(value, wait);
  return settled;
}
