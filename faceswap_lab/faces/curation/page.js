// Ticked faces become the command that rejects them.
const basket = document.getElementById("basket");
const command = basket.querySelector("textarea");
function collect() {
  const ticked = [...document.querySelectorAll(".face input:checked")].map((box) => box.value);
  basket.hidden = ticked.length === 0;
  basket.querySelector("strong").textContent = `${ticked.length} ticked`;
  command.value = basket.dataset.command + ticked.join(",");
}
document.addEventListener("change", (event) => { if (event.target.matches(".face input")) collect(); });
command.addEventListener("focus", () => command.select());
collect();
