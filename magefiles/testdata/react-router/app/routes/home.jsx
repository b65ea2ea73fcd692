export default function Home() {
  return <img src="/plate.svg" alt="" />;
}
