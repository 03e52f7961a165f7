#include "common/server/flag_set.h"

#include <getopt.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace evroc {
namespace {

constexpr int kHelp = 'h';
constexpr int kFirstFlag = 0x100;

absl::Status BadValue(absl::string_view value, absl::string_view wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", value, "\" is not ", wanted));
}

// Turns `parse(text, value)` into a setter of `*value`.
template <typename T, typename Parse>
auto Setter(T* value, Parse parse, absl::string_view wanted) {
  return [value, parse, wanted](absl::string_view text) {
    return parse(text, value) ? absl::OkStatus() : BadValue(text, wanted);
  };
}

}  // namespace

FlagSet::FlagSet(absl::string_view program, absl::string_view summary)
    : program_(program), summary_(summary) {}

void FlagSet::AddFlag(Flag flag) { flags_.push_back(std::move(flag)); }

void FlagSet::Add(absl::string_view name, std::string* value,
                  absl::string_view help) {
  AddFlag({.name = std::string(name),
           .help = std::string(help),
           .default_text = *value,
           .set = [value](absl::string_view text) {
             *value = std::string(text);
             return absl::OkStatus();
           }});
}

void FlagSet::Add(absl::string_view name, bool* value, absl::string_view help) {
  AddFlag({.name = std::string(name),
           .help = std::string(help),
           .default_text = *value ? "true" : "false",
           .is_bool = true,
           .set = Setter(
               value,
               [](absl::string_view text, bool* out) {
                 return absl::SimpleAtob(text, out);
               },
               "true or false")});
}

void FlagSet::Add(absl::string_view name, int* value, absl::string_view help) {
  AddFlag({.name = std::string(name),
           .help = std::string(help),
           .default_text = absl::StrCat(*value),
           .set = Setter(
               value,
               [](absl::string_view text, int* out) {
                 return absl::SimpleAtoi(text, out);
               },
               "a whole number")});
}

void FlagSet::Add(absl::string_view name, double* value,
                  absl::string_view help) {
  AddFlag({.name = std::string(name),
           .help = std::string(help),
           .default_text = absl::StrCat(*value),
           .set = Setter(
               value,
               [](absl::string_view text, double* out) {
                 return absl::SimpleAtod(text, out);
               },
               "a number")});
}

void FlagSet::Add(absl::string_view name, absl::Duration* value,
                  absl::string_view help) {
  AddFlag({.name = std::string(name),
           .help = std::string(help),
           .default_text = absl::FormatDuration(*value),
           .set = Setter(
               value,
               [](absl::string_view text, absl::Duration* out) {
                 return absl::ParseDuration(text, out);
               },
               "a duration such as 300ms or 10m")});
}

absl::Status FlagSet::Take(size_t index, const char* text) {
  // "--no-name" options follow all positive ones.
  const bool negative = index >= flags_.size();
  const Flag& flag = flags_[index % flags_.size()];
  if (text == nullptr) text = negative ? "false" : "true";
  absl::Status status = flag.set(text);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag.name, ": ", status.message()));
}

absl::Status FlagSet::Parse(int argc, char** argv) {
  std::vector<std::string> negated;  // options point into it
  for (const Flag& flag : flags_) negated.push_back("no-" + flag.name);
  std::vector<option> options;
  const int count = static_cast<int>(flags_.size());
  for (int i = 0; i < count; ++i) {
    const bool is_bool = flags_[i].is_bool;
    options.push_back({flags_[i].name.c_str(),
                       is_bool ? optional_argument : required_argument, nullptr,
                       kFirstFlag + i});
    if (!is_bool) continue;
    options.push_back(
        {negated[i].c_str(), no_argument, nullptr, kFirstFlag + count + i});
  }
  options.push_back({"help", no_argument, nullptr, kHelp});
  options.push_back({nullptr, 0, nullptr, 0});

  optind = 0;  // Restarts getopt_long.
  opterr = 0;
  int found = 0;
  while ((found = getopt_long(argc, argv, "+:", options.data(), nullptr)) !=
         -1) {
    if (found == '?' || found == ':') {
      return absl::InvalidArgumentError(
          absl::StrCat(found == '?' ? "unknown flag or stray value: "
                                    : "flag needs a value: ",
                       argv[optind - 1]));
    }
    if (found == kHelp) {
      help_requested_ = true;
    } else if (absl::Status taken = Take(found - kFirstFlag, optarg);
               !taken.ok()) {
      return taken;
    }
  }
  if (optind < argc) {
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument: ", argv[optind]));
  }
  return absl::OkStatus();
}

std::string FlagSet::HelpText() const {
  std::string text = absl::StrCat(program_, ": ", summary_, "\n\nFlags:\n");
  for (const Flag& flag : flags_) {
    absl::StrAppend(&text, "  --", flag.is_bool ? "[no-]" : "", flag.name,
                    flag.is_bool ? "" : "=VALUE", "\n      ", flag.help);
    if (!flag.default_text.empty()) {
      absl::StrAppend(&text, " (default ", flag.default_text, ")");
    }
    absl::StrAppend(&text, "\n");
  }
  absl::StrAppend(&text, "  --help\n      print this text\n");
  return text;
}

void FlagSet::ParseOrExit(int argc, char** argv) {
  const absl::Status status = Parse(argc, argv);
  if (!status.ok()) {
    std::cerr << program_ << ": " << status.message()
              << "\nTry --help for the flags.\n";
    std::exit(2);
  }
  if (help_requested_) {
    std::cout << HelpText();
    std::exit(0);
  }
}

}  // namespace evroc
