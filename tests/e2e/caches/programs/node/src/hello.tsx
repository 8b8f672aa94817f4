import { useState } from "react";

export function Hello({ name }: { name: string }) {
  const [count, setCount] = useState(0);
  return <button onClick={() => setCount(count + 1)}>Hello {name}, {count} times</button>;
}
