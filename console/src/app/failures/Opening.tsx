/** Before anything is known: quiet for a moment, then a sign of life. */
import { Center, Loader } from '@mantine/core';

export const Opening = () => (
  <Center component="main" mih="100dvh">
    <Loader aria-label="Opening the shop" />
  </Center>
);
