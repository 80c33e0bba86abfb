"""An invented council, with changes planted that the charts must find."""
