"""What tests of SoliComm and of its plugins share: temporary hubs, dialogue scripts."""
