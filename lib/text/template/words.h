#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider::templates {

/// White space and letters as Python knows them: a blank that an editor made no-break is one too.
bool is_space(char32_t c);
bool is_word_character(char32_t c);

/// How many bytes of `text` are white space from its begin on; characters of words.
std::size_t leading_space(std::string_view text);
std::size_t leading_word(std::string_view text);

/// Without white space at either end.
std::string_view stripped(std::string_view text);

/// What stands between white space; one string is one word, with the blanks in it, and with what touches
/// it.
std::vector<std::string_view> split_words(std::string_view text);

/// What stands between white space.
std::vector<std::string_view> split_at_space(std::string_view text);

/// How many bytes the string has that begins `text`, with its quotes; 0 if there is none.
std::size_t leading_string(std::string_view text);

/// What a string with its quotes means.
std::string unquoted(std::string_view string);

/// `'name'` for a fault; without the name if it is none that tags and filters have.
std::string quoted_name(std::string_view name);

std::u32string to_code_points(std::string_view utf8);
std::string to_utf8(std::u32string_view code_points);

}  // namespace postrider::templates
