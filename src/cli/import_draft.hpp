// A job file's import section, drafted from what files hold.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "store/csv/infer.hpp"

namespace fullbase::cli {

/// "InvoiceNo", "Default payment (next month)" as "invoice_no", "default_payment_next_month": [a-z][a-z0-9_]*; empty if a text
/// has no letter or digit of these.
std::string identifier(const std::string& text);

/// A whole job file without steps: valid, and imported without rejects but for records of another number of fields, of which it
/// bears as many as there are.
void print_draft(const store::InferredFiles& inferred, const std::vector<std::string>& files, std::ostream& out);

/// The same of files of one basket a line.
void print_draft(const store::InferredBaskets& inferred, const std::vector<std::string>& files, std::ostream& out);

}  // namespace fullbase::cli
