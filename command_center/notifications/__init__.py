"""What a person is told inside the product."""
