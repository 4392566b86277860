"""cartalog: the trial catalogue for engineered cell therapy in autoimmune disease."""
