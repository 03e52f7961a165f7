#include "common/server/flag_set.h"

#include <cstdlib>
#include <iostream>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evroc {
namespace {

// Puts what a flag does on a line of its own: the names are long.
constexpr size_t kHelpIndent = 6;

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kHelpIndent); }

  // CLI11 would write "--name,--no-name{false}".
  std::string make_option_name(const CLI::Option* option,
                               bool /*is_positional*/) const override {
    return absl::StrCat(option->get_fnames().empty() ? "--" : "--[no-]",
                        option->get_lnames().front());
  }
};

std::string WithDefault(absl::string_view help, absl::string_view text) {
  if (text.empty()) return std::string(help);
  return absl::StrCat(help, " (default ", text, ")");
}

// Registers a flag whose value `parse` reads: CLI11's own conversions take ""
// for 0 and "010" for 8. The callback runs when the flag is met; otherwise
// flags that share a value would count in the order of their registration.
template <typename T>
CLI::Option* AddValue(CLI::App& app, absl::string_view name, T* value,
                      bool (*parse)(absl::string_view, T*),
                      absl::string_view wanted) {
  const std::string flag = absl::StrCat("--", name);
  const auto set = [=](const std::string& text) {
    if (parse(text, value)) return;
    throw CLI::ValidationError(flag,
                               absl::StrCat("\"", text, "\" is not ", wanted));
  };
  return app.add_option_function<std::string>(flag, set)
      ->type_name("VALUE")
      ->trigger_on_parse();
}

bool Copy(absl::string_view text, std::string* value) {
  *value = std::string(text);
  return true;
}

// The arguments, the last first, as CLI11 takes them. It would read "--name="
// as "--name", that is, a boolean as true and the next argument as a value.
std::vector<std::string> Arguments(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    absl::string_view name = argv[i];
    const CLI::Option* const option =
        absl::ConsumeSuffix(&name, "=")
            ? app.get_option_no_throw(std::string(name))
            : nullptr;
    if (option == nullptr) {
      arguments.emplace_back(argv[i]);
      continue;
    }
    if (!option->get_fnames().empty()) {
      throw CLI::ValidationError(std::string(name), "is true or false");
    }
    arguments.insert(arguments.end(), {"", std::string(name)});
  }
  return arguments;
}

}  // namespace

FlagSet::FlagSet(absl::string_view program, absl::string_view summary)
    : program_(program),
      app_(std::make_unique<CLI::App>(std::string(summary), program_)) {
  app_->formatter(std::make_shared<HelpFormatter>());
  app_->set_help_flag("--help", "print this text");
}

FlagSet::~FlagSet() = default;

void FlagSet::Add(absl::string_view name, std::string* value,
                  absl::string_view help) noexcept {
  AddValue(*app_, name, value, &Copy, "text")
      ->description(WithDefault(help, *value));
}

void FlagSet::Add(absl::string_view name, bool* value,
                  absl::string_view help) noexcept {
  app_->add_flag(absl::StrCat("--", name, ",!--no-", name), *value)
      ->description(WithDefault(help, *value ? "true" : "false"))
      ->trigger_on_parse();
}

void FlagSet::Add(absl::string_view name, int* value,
                  absl::string_view help) noexcept {
  AddValue(*app_, name, value, &absl::SimpleAtoi<int>, "a whole number")
      ->description(WithDefault(help, absl::StrCat(*value)));
}

void FlagSet::Add(absl::string_view name, double* value,
                  absl::string_view help) noexcept {
  AddValue(*app_, name, value, &absl::SimpleAtod, "a number")
      ->description(WithDefault(help, absl::StrCat(*value)));
}

void FlagSet::Add(absl::string_view name, absl::Duration* value,
                  absl::string_view help) noexcept {
  AddValue(*app_, name, value, &absl::ParseDuration,
           "a duration such as 300ms or 10m")
      ->description(WithDefault(help, absl::FormatDuration(*value)));
}

absl::Status FlagSet::Parse(int argc, char** argv) {
  try {
    app_->parse(Arguments(*app_, argc, argv));
  } catch (const CLI::CallForHelp&) {
    help_requested_ = true;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return absl::OkStatus();
}

std::string FlagSet::HelpText() const { return app_->help(); }

void FlagSet::ParseOrExit(int argc, char** argv,
                          const std::function<absl::Status()>& check) {
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
  if (check == nullptr) return;
  if (const absl::Status checked = check(); !checked.ok()) {
    std::cerr << program_ << ": " << checked.message() << "\n";
    std::exit(2);
  }
}

absl::Status BadFlag(absl::string_view flag, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, " ", what));
}

}  // namespace evroc
