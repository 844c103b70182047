"""From flows and pairs to quantities: posed, planned in tiers, solved, priced again."""
