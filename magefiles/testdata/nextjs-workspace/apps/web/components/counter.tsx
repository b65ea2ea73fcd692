export { default } from "@bellyfed/ui";
