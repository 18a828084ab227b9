/** Says in a toast what the server refused, and looks again where somebody is gone. */
import { notifications } from '@mantine/notifications';

import type { ApiError } from '../../api/error';
import { refresh } from '../../api/queries';

export function showFailure(error: ApiError): void {
  if (error.unreachable) return;
  notifications.show({ color: 'red', title: 'Nothing was changed', message: error.message, autoClose: 10_000 });
  if (error.status === 404) void refresh('/v1/customers', '/v1/tasks');
}
