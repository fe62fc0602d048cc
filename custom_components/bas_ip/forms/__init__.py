"""Parts of the forms: their fields, and what is made of the input."""
