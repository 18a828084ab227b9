/**
 * A number of people that opens the list of them.
 *
 * <People text="1,204" to="/customers?segment=lapsing" of="people in Lapsing" />
 */
import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

interface PeopleProps {
  /** The number as the server wrote it, or a count to be grouped by thousands. */
  text: string | number;
  to: string;
  /** Whom it counts, for those who hear the page: "people in Lapsing". */
  of: string;
}

export const People = ({ text, to, of }: PeopleProps) => {
  const shown = typeof text === 'number' ? text.toLocaleString('en') : text;
  return (
    <Anchor component={Link} to={to} aria-label={`${shown} ${of}: open the list`} inherit data-numbers>
      {shown}
    </Anchor>
  );
};
