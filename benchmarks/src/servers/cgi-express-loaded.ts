// What an answer by Express costs at least: a script that loads Express, and answers nothing.
import 'express';
