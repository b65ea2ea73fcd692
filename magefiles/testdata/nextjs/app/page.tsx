import { format } from "date-fns";
import sortBy from "lodash/sortBy";
import Counter from "../components/counter";

export const dynamic = "force-dynamic";

const dishes = ["Nasi lemak", "Laksa", "Char kway teow", "Roti canai"];

export default function Page() {
  return (
    <main>
      <h1>Dishes of {format(new Date(), "yyyy")}</h1>
      <img src="/plate.svg" alt="" width={64} height={64} />
      <ul>
        {sortBy(dishes).map((dish) => (
          <li key={dish}>
            <a href={`/dishes/${encodeURIComponent(dish)}`}>{dish}</a>
          </li>
        ))}
      </ul>
      <Counter />
    </main>
  );
}
