// The form for a card: Stripe's own, in a frame of Stripe's. No card number ever reaches this page.
"use strict";

const form = document.getElementById("card");
const problem = document.getElementById("card-problem");
const button = form.querySelector("button");

const tell = (text) => {
  problem.textContent = text;
  problem.hidden = !text;
};

const failed = (error) => {
  tell(error.message || "The card could not be charged.");
  button.disabled = false;
};

if (window.Stripe) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const stripe = window.Stripe(form.dataset.key);
  const elements = stripe.elements({
    clientSecret: form.dataset.secret,
    appearance: { theme: dark ? "night" : "stripe" },
  });
  elements.create("payment").mount("#card-fields");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    button.disabled = true;
    tell("");
    try {
      // Leads back to this page, perhaps by way of the card's bank; or says what is wrong.
      const answer = await stripe.confirmPayment({
        elements,
        confirmParams: { return_url: window.location.href.split(/[?#]/)[0] },
      });
      if (answer.error) {
        failed(answer.error);
      }
    } catch (error) {
      failed(error);
    }
  });
} else {
  tell("Stripe's form could not be loaded. Come back later, or cancel the order and pay by bank transfer.");
}
