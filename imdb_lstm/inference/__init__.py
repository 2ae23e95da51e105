"""From texts to probabilities and verdicts, with one finished run or an ensemble of several."""
