// Gives the browser a language where the system has none. Imported first: libraries read it as they load.
//
// In the C locale WebKitGTK calls its language "C", which `Intl` refuses with an exception.

function isUsable(language: string): boolean {
  try {
    return Intl.NumberFormat(language).format(0) !== '';
  } catch {
    return false;
  }
}

if (!isUsable(navigator.language)) {
  Object.defineProperty(navigator, 'language', { value: 'zh-CN', configurable: true });
}
