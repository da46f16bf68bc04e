"""What makes files of this repository; the package does not carry it."""
