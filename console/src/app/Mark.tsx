/** The shop's mark: an awning over a door. */
export const Mark = ({ size = 28 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="var(--mantine-color-shop-filled)" />
    <path d="M7 13 9 7h14l2 6a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0Z" fill="#fffdfa" />
    <path d="M9 18.5V25h14v-6.5M14 25v-5h4v5" fill="none" stroke="#fffdfa" strokeWidth="2" strokeLinejoin="round" />
  </svg>
);
