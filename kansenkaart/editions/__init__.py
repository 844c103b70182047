"""What may leave the province: a partner's edition and a public one, with totals that tell of nobody apart."""
