"""What a camera near a sensor saw when the sensor gave its alarm."""
