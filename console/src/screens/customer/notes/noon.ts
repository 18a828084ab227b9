/** The instant of noon of a day as a date field gives it, in the viewer's zone: the same day in most shops' zones too. */
export function noonOf(day: string): string | null {
  const noon = new Date(`${day}T12:00:00`);
  return Number.isNaN(noon.getTime()) ? null : noon.toISOString();
}
