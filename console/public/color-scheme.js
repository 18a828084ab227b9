// Sets light or dark before the first paint. A file of its own, because the server allows no inline script.
// The key is that of Mantine's localStorageColorSchemeManager.
(() => {
  let kept = null;
  try {
    kept = window.localStorage.getItem('mantine-color-scheme-value');
  } catch {
    // A browser that keeps nothing gets what its system says.
  }
  const wanted = kept === 'light' || kept === 'dark' ? kept : null;
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.setAttribute('data-mantine-color-scheme', wanted ?? (dark ? 'dark' : 'light'));
})();
